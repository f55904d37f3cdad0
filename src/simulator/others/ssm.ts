import {
  DeleteParameterCommand,
  DescribeInstanceInformationCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import type {
  DeleteParameterCommandInput,
  DescribeInstanceInformationCommandInput,
  DescribeInstanceInformationCommandOutput,
  GetParameterCommandInput,
  GetParameterCommandOutput,
  ParameterType,
  PutParameterCommandInput,
  PutParameterCommandOutput,
} from '@aws-sdk/client-ssm';
import { operation } from '../service/operation.ts';
import type { Call } from '../service/operation.ts';
import { pageOf } from '../service/paging.ts';
import { SSM_INSTANCE_PAGE, SSM_PARAMETER_CHARACTERS } from '../model/rates.ts';
import type { InstanceRecord, ParameterRecord } from '../model/records.ts';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';
import type { ServiceDefinition } from '../service/service.ts';
import type { WorldState } from '../state/state.ts';

type Answer<T> = Omit<T, '$metadata'>;

const ssmFailure = failuresOf(SSMServiceException);
const invalid = (message: string): Error => ssmFailure('ValidationException', message);

/** Atomic: without Overwrite only the first of several is accepted. */
function putParameter(
  state: WorldState,
  input: PutParameterCommandInput,
  call: Call,
): Answer<PutParameterCommandOutput> {
  const { Name: id = '', Value: value = '' } = input;
  if (!/^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(id) || id.length > SSM_PARAMETER_CHARACTERS.name)
    throw invalid(`Parameter name: '${id}' is not a fully qualified name of letters, digits and .-_/.`);
  if (/^\/?(aws|ssm)/i.test(id)) throw invalid(`Parameter name: '${id}' begins with a reserved word.`);
  if (value === '' || value.length > SSM_PARAMETER_CHARACTERS.value)
    throw invalid(`A standard parameter has 1 to ${SSM_PARAMETER_CHARACTERS.value} characters.`);
  const present = presentParameter(state, id);
  if (present !== undefined && input.Overwrite !== true) {
    throw new ParameterAlreadyExists({
      message:
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      $metadata: failureMetadata(400),
    });
  }
  const parameter: ParameterRecord = {
    id,
    value,
    type: input.Type ?? present?.type ?? 'String',
    version: (present?.version ?? 0) + 1,
    modifiedAt: call.now,
    isDeleted: false,
  };
  state.parameters.putHidden(parameter);
  return { Version: parameter.version, Tier: 'Standard' };
}

function getParameter(state: WorldState, input: GetParameterCommandInput): Answer<GetParameterCommandOutput> {
  const parameter = existingParameter(state, input.Name);
  return {
    Parameter: {
      Name: parameter.id,
      Type: parameter.type as ParameterType,
      Value: parameter.value,
      Version: parameter.version,
      LastModifiedDate: new Date(parameter.modifiedAt),
      ARN: `arn:aws:ssm:${state.account.region}:${state.account.id}:parameter/${parameter.id.replace(/^\//, '')}`,
      DataType: 'text',
    },
  };
}

function deleteParameter(state: WorldState, input: DeleteParameterCommandInput): object {
  state.parameters.putHidden({ ...existingParameter(state, input.Name), isDeleted: true });
  return {};
}

function presentParameter(state: WorldState, name: string | undefined): ParameterRecord | undefined {
  const parameter = state.parameters.get(name ?? '');
  return parameter?.isDeleted === true ? undefined : parameter;
}

function existingParameter(state: WorldState, name: string | undefined): ParameterRecord {
  const parameter = presentParameter(state, name);
  if (parameter !== undefined) return parameter;
  throw new ParameterNotFound({
    message: `Parameter ${name ?? ''} not found.`,
    $metadata: failureMetadata(400),
  });
}

/** The instances that the inventory calls managed: a command reaches them. */
function describeInstanceInformation(
  state: WorldState,
  input: DescribeInstanceInformationCommandInput,
  call: Call,
): Answer<DescribeInstanceInformationCommandOutput> {
  const size = input.MaxResults ?? SSM_INSTANCE_PAGE.most;
  if (size < SSM_INSTANCE_PAGE.least || size > SSM_INSTANCE_PAGE.most)
    throw invalid(`MaxResults must be between ${SSM_INSTANCE_PAGE.least} and ${SSM_INSTANCE_PAGE.most}.`);
  const managed = state.instances
    .allSeen(call.now)
    .filter(({ value }) => value.managedBySsm === true && holds(value, input));
  const page = pageOf(managed, size, input.NextToken);
  if (page === undefined) throw ssmFailure('InvalidNextToken', 'The specified token is not valid.');
  return {
    InstanceInformationList: page.items.map(({ value }) => ({
      InstanceId: value.id,
      PingStatus: 'Online',
      PlatformType: 'Linux',
      ResourceType: 'EC2Instance',
    })),
    NextToken: page.next,
  };
}

function holds({ id }: InstanceRecord, input: DescribeInstanceInformationCommandInput): boolean {
  const filters = [
    ...(input.Filters ?? []).map(({ Key, Values }) => [Key, Values ?? []] as const),
    ...(input.InstanceInformationFilterList ?? []).map(({ key, valueSet }) => [key, valueSet ?? []] as const),
  ];
  return filters.every(([key, values]) => {
    if (key === 'InstanceIds') return values.includes(id);
    if (key === 'PingStatus') return values.includes('Online');
    throw ssmFailure('InvalidInstanceInformationFilterValue', `The filter '${key ?? ''}' is not valid.`);
  });
}

/** The operations of Systems Manager that recovery needs. */
export const SSM_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(PutParameterCommand, 'PutParameter', putParameter),
    operation(GetParameterCommand, 'GetParameter', getParameter),
    operation(DeleteParameterCommand, 'DeleteParameter', deleteParameter),
    operation(DescribeInstanceInformationCommand, 'DescribeInstanceInformation', describeInstanceInformation),
  ]),
  throttled: () => ssmFailure('ThrottlingException', 'Rate exceeded'),
  serverError: () => ssmFailure('InternalServerError', 'An error occurred on the server side.', 500),
  dryRun: () => invalid('Systems Manager has no DryRun.'),
  unknownOperation: (command) =>
    ssmFailure('UnknownOperationException', `The simulated Systems Manager has no operation for ${command}.`),
};
