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

export default tseslint.config(
  { ignores: ['dist', 'src/generated', 'public', 'coverage'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  reactHooks.configs.flat['recommended-latest'],
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] } } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Routers and query clients signal redirects by throwing non-errors.
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  { files: ['eslint.config.js'], extends: [tseslint.configs.disableTypeChecked] },
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
  boundary(
    ['src/features/**'],
    [
      never(['@/app/*', '@/features/*'], 'a feature imports lib, components and viewer only; its own files by ./'),
      { regex: '^\\.\\./\\.\\./', message: 'a feature does not reach outside its folder' },
    ],
  ),
)
