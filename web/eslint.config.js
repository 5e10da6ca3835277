import js from '@eslint/js'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** Imports run one way: lib -> components -> viewer | features -> app. */
const boundary = (files, patterns) => ({
  files,
  ignores: ['**/*.test.{ts,tsx}'],
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})
const never = (group, message) => ({ group, message })
const inFeatures = (outside) => [
  never(['@/app/*', '@/features/*'], 'a feature imports lib, components and viewer only; its own files by path'),
  { regex: outside, message: 'a feature does not reach outside its folder' },
]

export default tseslint.config(
  { ignores: ['dist', 'src/generated', 'public', 'coverage'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  reactHooks.configs.flat['recommended-latest'],
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Routers and query clients signal redirects by throwing non-errors.
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      parserOptions: { projectService: false },
      globals: { console: 'readonly', process: 'readonly', URL: 'readonly', Buffer: 'readonly' },
    },
    rules: { 'no-console': 'off' },
  },
  boundary(
    ['src/lib/**'],
    [never(['@/components/*', '@/viewer/*', '@/features/*', '@/app/*'], 'lib knows no component and no page')],
  ),
  boundary(['src/components/**'], [never(['@/viewer/*', '@/features/*', '@/app/*'], 'components know no feature')]),
  boundary(
    ['src/viewer/**'],
    [
      never(
        ['@/features/*', '@/app/*', '@/components/*', 'react', 'react-dom'],
        'the viewer engine is plain TypeScript',
      ),
    ],
  ),
  boundary(['src/features/*/*'], inFeatures('^\\.\\./')),
  boundary(['src/features/*/*/**'], inFeatures('^\\.\\./\\.\\./')),
)
