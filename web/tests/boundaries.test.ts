// @vitest-environment node
import { ESLint } from 'eslint'
import { expect, test } from 'vitest'

const eslint = new ESLint({
  // Types are not needed to judge imports, and make this slow.
  overrideConfig: [{ languageOptions: { parserOptions: { projectService: false } } }],
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
})

async function verdicts(file: string, from: string): Promise<number> {
  const [result] = await eslint.lintText(`import { x } from '${from}'\nexport const y = x\n`, { filePath: file })
  return result!.messages.length
}

test.each([
  ['src/lib/planted.ts', '@/components/ui'],
  ['src/lib/planted.ts', '@/features/tasks/search'],
  ['src/components/planted.tsx', '@/features/tasks/search'],
  ['src/components/planted.tsx', '@/app/nav'],
  ['src/features/points/planted.ts', '@/features/tasks/search'],
  ['src/features/points/planted.ts', '../tasks/search'],
  ['src/features/points/planted.ts', '../../app/nav'],
  ['src/features/points/planted.ts', '@/app/nav'],
  ['src/viewer/planted.ts', 'react'],
])('%s may not import %s', async (file, from) => {
  expect(await verdicts(file, from)).toBe(1)
})

test.each([
  ['src/features/points/planted.ts', '@/lib/format'],
  ['src/features/points/planted.tsx', '@/components/ui'],
  ['src/features/order/transfers/planted.ts', '../useDraft'],
  ['src/app/planted.ts', '@/features/tasks/search'],
])('%s may import %s', async (file, from) => {
  expect(await verdicts(file, from)).toBe(0)
})
