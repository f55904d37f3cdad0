import type { Course } from './course.ts';
import { ebsVolumeCourse } from './ebs-volume/course.ts';
import { rdsInstanceCourse } from './rds-instance/course.ts';
import type { ResourceType } from './schemas.ts';

const COURSES: Readonly<Record<ResourceType, Course>> = {
  'ebs-volume': ebsVolumeCourse,
  'rds-instance': rdsInstanceCourse,
  // It is planned and not recovered yet: a run only marks its source and takes evidence of it.
  'aurora-cluster': rdsInstanceCourse,
};

/** How resources of a kind go through a recovery. */
export function courseOf(type: string): Course {
  const course = Object.hasOwn(COURSES, type) ? COURSES[type as ResourceType] : undefined;
  if (course === undefined) throw new RangeError(`there is no kind of resource '${type}'`);
  return course;
}
