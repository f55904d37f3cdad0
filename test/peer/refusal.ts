/** What a service answers when it refuses: its own code, and the status that the service documents for it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

export function invalid(message: string): Refusal {
  return new Refusal('InvalidParameterValue', message);
}

/** What every service says of a parameter that is missing. */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '')
    throw new Refusal('MissingParameter', `The request must contain the parameter ${name}`);
  return value;
}
