import { Stack, type StackProps } from 'aws-cdk-lib';
import { AccountPrincipal, PrincipalWithConditions, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ForwardedEvents } from './constructs/forwarded-events.ts';
import { accessRoleName, roleOfFunction, type Actor } from './names.ts';
import { mayReadTags } from './permissions/deployment.ts';
import { recoveryStatements } from './permissions/recovery.ts';
import { acknowledgeWildcards } from './permissions/wildcards.ts';
import type { LifeboatStackProps } from './lifeboat-stack.ts';

interface AccessStackProps extends LifeboatStackProps {
  /** Account of the functions. */
  readonly account: string;
  readonly recoveryAccount: string;
}

/**
 * What a deployment in another account needs in the account that is recovered: a role for drills and one for restores, which the functions assume, and
 * the events that start and wake them. Nothing of it runs by itself.
 */
export class AccessStack extends Stack {
  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, stackProps(props));
    const { account, region, runbooks, settings } = props;
    const { partition, account: recovered } = this;
    const { monitoringRoles, databaseRoles, replicas } = settings;
    for (const mode of ['drill', 'restore'] as const) {
      const scopeOfRole = {
        mode,
        runbooks,
        partition,
        region,
        account: recovered,
        monitoringRoles,
        databaseRoles,
        replicas,
      };
      const role = this.#role(mode, account, region);
      for (const statement of recoveryStatements(scopeOfRole)) role.addToPolicy(statement);
    }
    this.#role('wake', account, region).addToPolicy(mayReadTags());
    new ForwardedEvents(this, 'Events', { runbooks, account });
    acknowledgeWildcards(this);
  }

  #role(actor: Actor, account: string, region: string): Role {
    const caller = `arn:${this.partition}:iam::${account}:role/${roleOfFunction(`lifeboat-${actor}`, region)}`;
    return new Role(this, `${actor}-role`, {
      roleName: accessRoleName(actor, region),
      description: `What the function lifeboat-${actor} may do in this account.`,
      // By a condition, because a principal would have to exist when this stack is deployed.
      assumedBy: new PrincipalWithConditions(new AccountPrincipal(account), {
        ArnEquals: { 'aws:PrincipalArn': caller },
      }),
    });
  }
}

function stackProps({ recoveryAccount, region }: AccessStackProps): StackProps {
  return {
    env: { account: recoveryAccount, region },
    description: 'Lifeboat: what its functions in another account may do here.',
    terminationProtection: true,
  };
}
