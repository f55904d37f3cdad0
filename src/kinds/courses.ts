import type { Course } from './course.ts';
import { ebsVolumeCourse } from './ebs-volume/course.ts';
import { rdsInstanceCourse } from './rds-instance/course.ts';
import type { KindName } from './things.ts';

const COURSES: ReadonlyMap<string, Course> = new Map(
  [ebsVolumeCourse, rdsInstanceCourse].map((course) => [course.kind, course]),
);

/** How resources of a kind go through a recovery. */
export function courseOf(kind: KindName | string): Course {
  const course = COURSES.get(kind);
  if (course === undefined) throw new RangeError(`there is no kind of resource '${kind}'`);
  return course;
}
