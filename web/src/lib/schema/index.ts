export { findFaults, type Fault, type Faults } from './faults'
export { initialValues, parameterFields } from './fields'
export { fieldHint, fieldTitle, optionTitle } from './titles'
export type { JsonSchema, ParameterField, Scalar, Values } from './types'
