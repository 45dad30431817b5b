// The frame in which every kind of definition is listed and written.

export { useBodyPlace } from './bodyPlaces'
export { type Conflict, ConflictList, conflictKey, kindOf, useConflictText } from './ConflictList'
export { CriteriaField, type RuleSubject } from './CriteriaField'
export { CustomerPicker, useCustomer } from './CustomerPicker'
export { DefinitionList, type ListSetup, useCommonColumns, useDefinitions } from './DefinitionList'
export { DefinitionPage } from './DefinitionPage'
export {
  type AnyBody,
  bodyOf,
  type Definition,
  definitionPages,
  inUse,
  type Kind,
} from './definitions'
export { FactorMap } from './FactorMap'
export { Fields, FormColumns, Side } from './FormColumns'
export {
  ChannelsField,
  ChoiceField,
  channels,
  InstantField,
  LongTextField,
  MoneyField,
  NameField,
  NumberField,
  offered,
  PercentField,
  PickField,
  SwitchField,
  TagsField,
  TextField,
} from './fields'
export { type Form, FormContext, useForm } from './form'
export { ContextWeightRows, Levers, useLeverName } from './Levers'
export { useFieldLabel } from './labels'
export { RetireDialog } from './RetireDialog'
export { RowList } from './RowList'
export { RuleField } from './rule/RuleField'
export { StateBadge } from './StateBadge'
export type { Setup } from './setup'
export { useChoices } from './useChoices'
export { useRefusal } from './useRefusal'
