import type { CommandDefinition } from '../session/command.ts';
import { abortCommand } from '../signals/abort.ts';
import { approveCommand } from '../signals/approve.ts';
import { checkCommand } from './check.ts';
import { backfillRunCommand } from '../backfill/run-command.ts';
import { backfillScanCommand } from '../backfill/scan-command.ts';
import { backfillStatusCommand } from '../backfill/status-command.ts';
import { cleanupCommand } from './cleanup.ts';
import { drillCommand } from './drill.ts';
import { endpointCommand } from './endpoint.ts';
import { initCommand } from './init.ts';
import { inventoryCommand } from './inventory.ts';
import { adoptCommand } from './adopt.ts';
import { completionCommand } from '../completion/completion-command.ts';
import { pauseCommand } from '../signals/pause.ts';
import { planCommand } from './plan.ts';
import { rejectCommand } from '../signals/reject.ts';
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
  endpointCommand,
  schemaCommand,
  completionCommand(() => commands),
];
