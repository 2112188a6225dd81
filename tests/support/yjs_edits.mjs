// Play random edits of the source document with real Yjs clients and print what each one sends, as JSON.
// Usage: node yjs_edits.mjs SEED STEPS
import { createRequire } from 'node:module'
const require = createRequire(new URL('../../frontend/package.json', import.meta.url))
const Y = require('yjs')

let state = Number(process.argv[2]) >>> 0
const random = below => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor(state / 2 ** 32 * below)
}
const pick = list => list[random(list.length)]
const base64 = bytes => Buffer.from(bytes).toString('base64')
const TEXTS = ['x', 'foo', '😀', 'é\n', 'print("hi")\n', '\u0000', 'a'.repeat(300)]

const history = []
const server = new Y.Doc()
const clients = [101, 102, 103].map(id => {
  const doc = new Y.Doc()
  doc.clientID = id
  const cells = doc.getMap('cells')
  const undo = new Y.UndoManager([cells, doc.getMap('meta')], { captureTimeout: 0, trackedOrigins: new Set(['local']) })
  const client = { id, doc, cells, undo, online: true, made: 0 }
  doc.on('update', (update, origin) => {
    if (origin !== 'server' && client.online) send(client, update)
  })
  return client
})

function send (client, update) {
  history.push({ client: client.id, update: base64(update) })
  Y.applyUpdate(server, update)
  for (const other of clients) {
    if (other !== client && other.online) Y.applyUpdate(other.doc, update, 'server')
  }
}

function reconnect (client) {
  client.online = true
  Y.applyUpdate(client.doc, Y.encodeStateAsUpdate(server, Y.encodeStateVector(client.doc)), 'server')
  // Now and then the answer to a state vector that is out of date: everything once more.
  const vector = random(3) ? Y.encodeStateVector(server) : undefined
  send(client, Y.encodeStateAsUpdate(client.doc, vector))
}

// An editor never cuts a surrogate pair in two.
function boundary (text, at) {
  const unit = text.toString().charCodeAt(at)
  return unit >= 0xdc00 && unit < 0xe000 ? at - 1 : at
}

function edit (client) {
  const { doc, cells, undo } = client
  const ids = [...cells.keys()].sort()
  const cell = ids.length ? cells.get(pick(ids)) : undefined
  const action = ids.length ? pick(['insert', 'type', 'type', 'erase', 'erase', 'new', 'move', 'bin', 'back', 'kind', 'note', 'forget', 'title', 'undo', 'undo', 'redo', 'purge']) : 'new'
  // Offline, a cell taken away and brought back would look like a cell replaced: that one the gate refuses.
  if (!client.online && ['purge', 'redo'].includes(action)) return
  if (action === 'undo') return undo.undo()
  if (action === 'redo') return undo.redo()
  doc.transact(() => {
    const text = cell?.get('source')
    switch (action) {
      case 'insert': text.insert(boundary(text, random(text.length + 1)), pick(TEXTS)); break
      case 'type': for (let i = 0, at = boundary(text, random(text.length + 1)); i < 5; i++) text.insert(at + i, 'k'); break
      case 'erase': {
        const at = boundary(text, random(text.length + 1))
        text.delete(at, boundary(text, Math.min(at + random(6), text.length)) - at)
        break
      }
      case 'new': {
        const map = new Y.Map()
        map.set('type', 'code')
        map.set('pos', 'a' + random(1e6))
        map.set('source', new Y.Text(pick(['', 'x = 1', '😀'])))
        map.set('meta', new Y.Map())
        cells.set(`new-${client.id}-${String(client.made++).padStart(6, '0')}`, map)
        break
      }
      case 'move': for (let i = random(3); i >= 0; i--) cell.set('pos', 'a' + random(1e6)); break
      case 'bin': cell.set('deleted', 1.7e12 + random(1e9)); break
      case 'back': cell.delete('deleted'); break
      case 'kind': cell.set('type', pick(['code', 'markdown', 'raw'])); break
      case 'note': cell.get('meta').set(pick(['a', 'b']), pick([1, 1.5, -3, 2 ** 40, true, null, 'é', ''])); break
      case 'forget': cell.get('meta').delete('a'); break
      case 'title': doc.getMap('meta').set('title', pick(TEXTS)); break
      case 'purge': if (!random(4)) cells.delete(pick(ids)); break
    }
  }, 'local')
}

for (let step = Number(process.argv[3]); step > 0; step--) {
  const client = pick(clients)
  if (!random(12)) {
    if (client.online) client.online = false
    else reconnect(client)
  }
  edit(client)
}
clients.filter(client => !client.online).forEach(reconnect)
const seen = {}
for (const [id, cell] of server.getMap('cells')) seen[id] = cell.get('source').toString()
const vector = Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(server)))
process.stdout.write(JSON.stringify({ history, seen, vector, state: base64(Y.encodeStateAsUpdate(server)) }))
