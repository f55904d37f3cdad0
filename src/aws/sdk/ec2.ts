// What is loaded on demand. An import of the whole package would bring all of its commands into a bundle: 500 KB for this service alone.
export { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
