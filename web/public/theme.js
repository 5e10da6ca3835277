// Runs before first paint, as its own file because the content policy forbids inline scripts.
;(function () {
  var choice = null
  try {
    choice = localStorage.getItem('hounsfield.theme')
  } catch (_) {
    // storage is blocked: follow the system
  }
  var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
