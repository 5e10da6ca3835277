import { OPERATIONS, type Operation, type Unit } from '@/lib/api/types'
import { oneOf, pageSearch, type PageSearch, type RawSearch } from '@/lib/search'

export const UNITS: readonly Unit[] = ['POINT_LOW', 'POINT_HIGH', 'MEMBER_CREDIT']

export interface PointsSearch extends PageSearch {
  unit?: Unit
  type?: Operation
}

export const validatePointsSearch = (raw: RawSearch): PointsSearch => ({
  ...pageSearch(raw),
  unit: oneOf(raw, 'unit', UNITS),
  type: oneOf(raw, 'type', OPERATIONS),
})
