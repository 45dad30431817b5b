// What the server says it answers.
export type { paths } from './schema.gen'
