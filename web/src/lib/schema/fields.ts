import type { FieldKind, JsonSchema, ParameterField, Scalar, Values } from './types'

/** Follows a local reference and drops the `null` branch of an optional, keeping texts said beside them. */
export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const { $ref, allOf, ...rest } = schema
  if ($ref?.startsWith('#/$defs/')) {
    const target = root.$defs?.[decodeURIComponent($ref.slice('#/$defs/'.length))]
    return target ? resolve({ ...target, ...rest }, root) : rest
  }
  if (allOf?.length === 1) return resolve({ ...allOf[0], ...rest }, root)
  const branches = rest.anyOf ?? rest.oneOf
  const present = branches?.filter((branch) => branch.type !== 'null')
  if (branches && present?.length === 1 && present.length < branches.length) {
    const beside = { ...rest }
    delete beside.anyOf
    delete beside.oneOf
    return resolve({ ...present[0], ...beside }, root)
  }
  return schema
}

const isScalars = (values: Scalar[] | undefined): values is Scalar[] => values !== undefined && values.length > 0

function wordsOf(schema: JsonSchema): Scalar[] | undefined {
  return schema.const !== undefined ? [schema.const] : schema.enum
}

function classify(schema: JsonSchema, root: JsonSchema): FieldKind | null {
  const words = wordsOf(schema)
  if (isScalars(words)) return { kind: 'choice', options: words }
  switch (schema.type) {
    case 'boolean':
      return { kind: 'flag' }
    case 'integer':
    case 'number':
      return numberKind(schema)
    case 'string':
      return { kind: 'text', maxLength: schema.maxLength }
    case 'array':
      return arrayKind(schema, root)
    case 'object': {
      const fields = parameterFields(schema, root)
      return fields.length > 0 ? { kind: 'group', fields } : null
    }
  }
  return wordOrMany(schema, root)
}

function numberKind(schema: JsonSchema): FieldKind {
  const { minimum, maximum, multipleOf: step } = schema
  return { kind: 'number', integer: schema.type === 'integer', minimum, maximum, step }
}

function arrayKind(schema: JsonSchema, root: JsonSchema): FieldKind | null {
  const pair = schema.prefixItems?.map((item) => resolve(item, root))
  if (pair?.length === 2 && pair.every((item) => item.type === 'integer' || item.type === 'number')) {
    const integer = pair.every((item) => item.type === 'integer')
    return { kind: 'range', integer, minimum: pair[0]?.minimum, maximum: pair[1]?.maximum }
  }
  const options = schema.items && wordsOf(resolve(schema.items, root))
  if (!isScalars(options)) return null
  return { kind: 'many', options, minItems: schema.minItems ?? 1, maxItems: schema.maxItems }
}

function wordOrMany(schema: JsonSchema, root: JsonSchema): FieldKind | null {
  const branches = (schema.anyOf ?? schema.oneOf ?? []).map((branch) => resolve(branch, root))
  const words = branches.flatMap((branch) => wordsOf(branch) ?? [])
  const list = branches.find((branch) => branch.type === 'array')
  const many = list && arrayKind(list, root)
  return words.length > 0 && many?.kind === 'many' ? { ...many, kind: 'word-or-many', words } : null
}

function initialValue(schema: JsonSchema, kind: FieldKind): unknown {
  if (schema.default !== undefined) return schema.default
  switch (kind.kind) {
    case 'flag':
      return false
    case 'choice':
      return kind.options[0]
    case 'many':
      return []
    case 'word-or-many':
      return kind.words[0]
    case 'range':
      return [kind.minimum ?? 0, kind.maximum ?? 0]
    case 'group':
      return initialValues(kind.fields)
    default:
      return undefined
  }
}

/** The parameters that can be asked for; the platform sets any other to its default. */
export function parameterFields(schema: JsonSchema, root: JsonSchema = schema): ParameterField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, raw]) => {
    const field = resolve(raw, root)
    const kind = classify(field, root)
    if (!kind) return []
    const required = schema.required?.includes(name) ?? false
    return [{ name, schema: field, required, initial: initialValue(field, kind), ...kind }]
  })
}

export function initialValues(fields: ParameterField[]): Values {
  return Object.fromEntries(fields.filter((f) => f.initial !== undefined).map((f) => [f.name, f.initial]))
}
