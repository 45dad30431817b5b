/** One mistake at one place of what was sent; `path` is a JSON pointer. */
export type FieldError = { path: string; message: string; hint?: string | null }

export type ProblemDocument = {
  type?: string
  title: string
  status: number
  code: string
  detail?: string | null
  hint?: string | null
  /** What `detail` says, as a code of `ProblemCode`; its particulars stand beside it. */
  reason?: string | null
  errors?: FieldError[] | null
  trace_id?: string | null
}

/** An answer of the server that is not a success (RFC 9457), or no answer at all. */
export class Problem extends Error {
  readonly document: ProblemDocument

  constructor(document: ProblemDocument) {
    super(document.title)
    this.name = 'Problem'
    this.document = document
  }

  get status(): number {
    return this.document.status
  }

  get code(): string {
    return this.document.code
  }

  get errors(): FieldError[] {
    return this.document.errors ?? []
  }

  static async from(response: Response): Promise<Problem> {
    const fallback = { title: '', status: response.status, code: `http_${response.status}` }
    const body: Partial<ProblemDocument> | null = await response.json().catch(() => null)
    return new Problem(body && typeof body === 'object' ? { ...fallback, ...body } : fallback)
  }

  /** Any thrown value as a problem, so that every error panel shows the same thing. */
  static of(error: unknown): Problem {
    if (error instanceof Problem) return error
    const detail = error instanceof Error ? error.message : String(error)
    return new Problem({ title: '', status: 0, code: 'unreachable', detail })
  }
}
