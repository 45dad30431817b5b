// What the server says it answers; the draft fills in what is agreed but not served yet.
import type { paths as drafted } from './draft'
import type { paths as served } from './schema.gen'

export type paths = served & Omit<drafted, keyof served>
