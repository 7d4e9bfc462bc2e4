/** One wrong field of a request. */
export interface FieldError {
  field: string;
  message: string;
}

/** What the server answers instead of success (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail: string | null = null,
    readonly fields: FieldError[] = [],
  ) {
    super(title);
    this.name = 'Problem';
  }

  /** One sentence for a person. */
  get sentence(): string {
    const fields = this.fields.map(({ field, message }) => `${field} ${message}`).join('; ');
    return fields === '' ? (this.detail ?? this.message) : fields;
  }

  /** The message for one field, if it is wrong, as it stands beside it. */
  field(name: string): string | undefined {
    const message = this.fields.find((error) => error.field === name)?.message;
    return message && message.charAt(0).toUpperCase() + message.slice(1);
  }
}

/** The problem in a response's body, or one made from its status. */
export async function problemFrom(response: Response): Promise<Problem> {
  return toProblem(response.status, await response.json().catch(() => null));
}

/** The problem in an already parsed body. */
export function toProblem(status: number, body: unknown): Problem {
  const { title, detail, errors } = isRecord(body) ? body : {};
  const fields = Array.isArray(errors) ? errors.filter(isFieldError) : [];
  return new Problem(
    status,
    typeof title === 'string' ? title : `The server answered ${status}`,
    typeof detail === 'string' ? detail : null,
    fields,
  );
}

/** Any error as a sentence for a person. */
export function describe(error: unknown): string {
  if (error instanceof Problem) return error.sentence;
  return 'The server cannot be reached. Check the connection and try again.';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isFieldError(value: unknown): value is FieldError {
  return isRecord(value) && typeof value.field === 'string' && typeof value.message === 'string';
}
