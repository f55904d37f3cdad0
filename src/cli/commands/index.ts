import type { CommandDefinition } from '../command.ts';
import { abortCommand } from './abort.ts';
import { approveCommand } from './approve.ts';
import { checkCommand } from './check.ts';
import { backfillRunCommand } from './backfill-run.ts';
import { backfillScanCommand } from './backfill-scan.ts';
import { backfillStatusCommand } from './backfill-status.ts';
import { cleanupCommand } from './cleanup.ts';
import { drillCommand } from './drill.ts';
import { initCommand } from './init.ts';
import { inventoryCommand } from './inventory.ts';
import { adoptCommand } from './adopt.ts';
import { completionCommand } from './completion.ts';
import { pauseCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { rejectCommand } from './reject.ts';
import { reportCommand } from './report.ts';
import { restoreCommand } from './restore.ts';
import { resumeCommand } from './resume.ts';
import { runsCommand } from './runs.ts';
import { schemaCommand } from './schema.ts';
import { statusCommand } from './status.ts';

/** In the order in which a person meets them. */
export const commands: readonly CommandDefinition[] = [
  initCommand,
  inventoryCommand,
  checkCommand,
  planCommand,
  drillCommand,
  restoreCommand,
  statusCommand,
  runsCommand,
  approveCommand,
  rejectCommand,
  pauseCommand,
  resumeCommand,
  abortCommand,
  backfillScanCommand,
  backfillRunCommand,
  backfillStatusCommand,
  reportCommand,
  cleanupCommand,
  adoptCommand,
  schemaCommand,
  completionCommand,
];
