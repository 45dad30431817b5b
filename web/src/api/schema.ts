// The one place that says where the types of the API come from.
export type { paths } from './draft'
