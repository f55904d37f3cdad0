export { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
