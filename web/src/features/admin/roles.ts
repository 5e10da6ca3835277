import type { ClinicalRole, Tier } from '@/lib/api'

export const CLINICAL_ROLES: ClinicalRole[] = ['none', 'DOCTOR', 'TECHNICIAN', 'NURSE', 'PATIENT']
export const TIERS: Tier[] = ['USER', 'ADMIN', 'SUPER_ADMIN']
