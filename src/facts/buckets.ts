/** A token bucket of an API, per account, Region and operation. */
export interface TokenBucket {
  /** Requests that may be sent at once. */
  readonly capacity: number;
  /** Tokens that come back every second. */
  readonly refillPerSecond: number;
}

const DESCRIBE: TokenBucket = { capacity: 100, refillPerSecond: 20 };
const MUTATE: TokenBucket = { capacity: 50, refillPerSecond: 5 };
const MUTATE_STORAGE: TokenBucket = { capacity: 100, refillPerSecond: 5 };

// S3: 5,500 reads and 3,500 writes a second of each prefix are documented.
const READ_OBJECTS: TokenBucket = { capacity: 5_500, refillPerSecond: 5_500 };
const WRITE_OBJECTS: TokenBucket = { capacity: 3_500, refillPerSecond: 3_500 };
// SQS: nearly unlimited for standard queues; 3,000 messages a second of a FIFO queue, by batches, are documented.
const MESSAGES: TokenBucket = { capacity: 3_000, refillPerSecond: 3_000 };

const BY_OPERATION: Readonly<Record<string, TokenBucket>> = {
  CreateVolume: MUTATE_STORAGE,
  DeleteVolume: MUTATE_STORAGE,
  CreateSnapshot: MUTATE_STORAGE,
  DeleteSnapshot: MUTATE_STORAGE,
  CreateTags: { capacity: 100, refillPerSecond: 10 },
  RunInstances: { capacity: 5, refillPerSecond: 2 },
  StartInstances: { capacity: 5, refillPerSecond: 2 },
  // Systems Manager: by default 40 reads of parameters a second. ? Writes: reports of a few a second.
  GetParameter: { capacity: 40, refillPerSecond: 40 },
  PutParameter: { capacity: 10, refillPerSecond: 3 },
  DeleteParameter: { capacity: 10, refillPerSecond: 3 },
  // ? None is published for STS: it takes a great many.
  GetCallerIdentity: { capacity: 100, refillPerSecond: 100 },
  AssumeRole: { capacity: 100, refillPerSecond: 100 },
  // KMS: 2,000 a second are documented.
  DescribeKey: { capacity: 2_000, refillPerSecond: 2_000 },
  // ? Service Quotas: 10 a second.
  ListServiceQuotas: { capacity: 10, refillPerSecond: 10 },
  // CloudWatch: 50 a second are documented.
  GetMetricData: { capacity: 50, refillPerSecond: 50 },
  // SNS: 300 a second is the least that is documented for a Region.
  Publish: { capacity: 300, refillPerSecond: 300 },
  GetObject: READ_OBJECTS,
  HeadObject: READ_OBJECTS,
  ListObjectsV2: READ_OBJECTS,
  ListObjectVersions: READ_OBJECTS,
  PutObject: WRITE_OBJECTS,
  DeleteObject: WRITE_OBJECTS,
  ReceiveMessage: MESSAGES,
  SendMessage: MESSAGES,
  SendMessageBatch: MESSAGES,
  DeleteMessage: MESSAGES,
  DeleteMessageBatch: MESSAGES,
  ChangeMessageVisibility: MESSAGES,
  ChangeMessageVisibilityBatch: MESSAGES,
  GetQueueAttributes: MESSAGES,
  GetQueueUrl: MESSAGES,
};

/** Whether an operation changes nothing, by its name. */
export function isRead(operation: string): boolean {
  return /^(Describe|List|Get)/.test(operation);
}

/**
 * The bucket of an operation, as EC2 documents them, and those few services that do. ? RDS publishes none: it is given those of EC2.
 *
 * @example bucketOf('DescribeVolumes').refillPerSecond // 20
 */
export function bucketOf(operation: string): TokenBucket {
  return BY_OPERATION[operation] ?? (isRead(operation) ? DESCRIBE : MUTATE);
}
