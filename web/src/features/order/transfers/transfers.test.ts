// @vitest-environment node
import { expect, test } from 'vitest'
import { checkFile, mayRetry, refusal, UnfitFile } from './check'
import { Rate } from './rate'

const zip = new File([new Uint8Array([0x50, 0x4b, 3, 4, 0, 0])], 'a.zip')

test('a ZIP within the limit is sent', async () => {
  await expect(checkFile(zip, 100)).resolves.toBeUndefined()
})

test.each([
  ['empty', new File([], 'a.zip'), undefined],
  ['tooLarge', zip, 5],
  ['notZip', new File(['%PDF-1.7'], 'a.zip'), undefined],
])('%s: refused before a byte is sent', async (reason, file, limit) => {
  const error: unknown = await checkFile(file, limit).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(UnfitFile)
  expect(error).toMatchObject({ reason })
})

test('faults that pass are retried, refusals are not', () => {
  expect([0, 401, 409, 423, 429, 500, 503].every(mayRetry)).toBe(true)
  expect([400, 403, 404, 413, 415, 422].some(mayRetry)).toBe(false)
})

test('a refusal keeps the words of the platform', () => {
  expect(
    refusal(413, JSON.stringify({ title: 'Too large', detail: 'At most 8 GB', code: 'FILE_TOO_LARGE' })),
  ).toMatchObject({
    status: 413,
    code: 'FILE_TOO_LARGE',
    message: 'At most 8 GB',
  })
  expect(refusal(502, 'Bad gateway')).toMatchObject({ status: 502, message: 'Bad gateway' })
})

test('the rate follows the transfer and starts anew after a pause', () => {
  const rate = new Rate()
  expect(rate.report(0, 0)).toBeNull()
  expect(rate.report(1000, 1000)).toBe(1000)
  expect(rate.report(5000, 2000)).toBeCloseTo(1900)
  rate.reset()
  expect(rate.report(5000, 60_000)).toBeNull()
})
