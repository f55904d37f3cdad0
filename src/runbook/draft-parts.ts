/** Every optional part as an example: valid as it stands once its # is taken away. */
export const OPTIONAL_PARTS = `# Above this forecast of the cost a person must agree before anything is made.
#limits: { costUsd: 500 }

# What must be so before a phase (restore, cutover, backfill, cleanup) begins: so many people agree, a change window is open, a file
# that freezes changes does not exist. With unless, a declared incident opens the gate, and the report says so.
#gates:
#  - { before: restore, window: "Mon-Fri 06:00-10:00 UTC", unless: incident }
#  - { before: cutover, approvals: 2 }
#  - { before: restore, freezeFile: freeze.txt }

# Manual steps: the run waits until an operator confirms them.
#manual:
#  - { name: tell-support, before: restore, instructions: "Tell support that the service is away." }

# A snapshot of each damaged source before anything is restored: evidence of what happened.
#forensics: true

# After a restore a fresh backup of all that was recovered is taken; false leaves that to your own schedule.
#protection: { recoveryPoint: true }

# What belongs to this runbook by its tags: lifeboat check names what carries them and is not covered above.
#scope: { tags: { app: example } }

# What clients missed in the outage: where it is found, which clients bring it back by themselves, and where the rest is sent.
# docs/backfill.md tells all of it. Look first: lifeboat backfill run --dry-run --runbook FILE.
#backfill:
#  sources: [{ path: "edge-buffer/*.jsonl.gz", format: capture }]
#  clients:
#    - { name: apps, userAgent: "Shop-App/*", behaviour: retries-forever }
#    - { name: web, userAgent: "Mozilla/*", behaviour: retries, horizon: 2m }
#  replay:
#    target: https://shop.example
#    maxRate: 500
#    orderBy: header:x-session
#    live: { url: "https://shop.example/live-figures", p99: 300ms }

# Third parties without which nothing works again: looked at before the start and before the cutover.
#dependencies:
#  - { name: login, http: "https://login.example/health" }

# Whom to tell of the course of a run. The address of a chat's webhook is a secret: here it comes from the environment.
#notify:
#  - { webhook: { env: LIFEBOAT_WEBHOOK } }
#  - { sns: "arn:aws:sns:us-east-1:111111111111:recovery" }

# A drill makes real copies. Where they go, so that they share no network with production; and when it is due.
#drill:
#  schedule: "cron(0 6 ? * MON *)"
#  isolation: { subnetGroup: drill, securityGroups: [sg-0123456789abcdef0] }`;
