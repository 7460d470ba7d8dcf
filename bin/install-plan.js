// What `npm ci` will put into node_modules, read from the lock file. Like setup.js it runs before anything is installed.

/** On disk, measured on Linux x64 (of that Node 126 MB, the programs of PostgreSQL 57 MB); other platforms differ a little. */
export const MEGABYTES = 425

/** Whether a list such as `["linux"]` or `["!win32"]` lets `value` in. */
function fits(list, value) {
  if (!list || list.length === 0) return true
  const denied = list.filter((one) => one.startsWith('!')).map((one) => one.slice(1))
  return denied.length > 0 ? !denied.includes(value) : list.includes(value)
}

/** Where Node would find `name` from a package, innermost first. */
function* places(name, from) {
  for (let folder = from; folder !== ''; folder = folder.slice(0, folder.lastIndexOf('node_modules/'))) {
    const inside = folder.endsWith('/') ? folder.slice(0, -1) : folder
    yield `${inside}/node_modules/${name}`
    folder = inside.includes('node_modules/') ? inside : ''
  }
  yield `node_modules/${name}`
}

/** The folders of all packages that this platform gets, in no order. */
export function planInstall(lock, { platform, arch }) {
  const { packages } = lock
  const found = new Set()
  // Systems with musl are not served.
  const isWanted = (entry) => fits(entry.os, platform) && fits(entry.cpu, arch) && fits(entry.libc, 'glibc')
  const visit = (from, entry, isRoot) => {
    const needed = [
      entry.dependencies,
      entry.optionalDependencies,
      entry.peerDependencies,
      isRoot && entry.devDependencies,
    ]
    for (const name of needed.flatMap((names) => Object.keys(names || {}))) {
      const place = [...places(name, from)].find((path) => path in packages)
      // An optional peer that nobody asks for is not in the lock.
      if (place === undefined || found.has(place) || !isWanted(packages[place])) continue
      found.add(place)
      visit(place, packages[place], false)
    }
  }
  visit('', packages[''], true)
  return [...found]
}

/** `installing 155 packages, about 425 MB: Node 26.10, PostgreSQL 18.4, and what builds and tests perpctl`. */
export function describeInstall(count, { devDependencies, optionalDependencies }) {
  const short = (version) => version.split('.').slice(0, 2).join('.')
  const postgres = Object.values(optionalDependencies)[0]
  return `installing ${count} packages, about ${MEGABYTES} MB: Node ${short(devDependencies.node)}, PostgreSQL ${short(postgres)}, and what builds and tests perpctl`
}
