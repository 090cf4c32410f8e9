/** `held-memory.mjs`: prints what the process whose inspector listens here holds after a collection of garbage, in bytes. */
const port = 9229;

/** Asks until the inspector listens: a signal has only just told it to. */
async function target() {
  for (let tries = 0; ; tries += 1) {
    try {
      const [first] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      return first.webSocketDebuggerUrl;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const socket = new WebSocket(await target());
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = reject;
});
let last = 0;
function call(method, params = {}) {
  last += 1;
  const id = last;
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(data);
      if (answer.id === id) resolve(answer.result);
    });
    socket.addEventListener('close', reject);
    socket.send(JSON.stringify({ id, method, params }));
  });
}

// what the first has freed may hold more
for (let times = 0; times < 2; times += 1) await call('HeapProfiler.collectGarbage');
const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
const { result } = await call('Runtime.evaluate', { expression, returnByValue: true });
process.stdout.write(`${result.value}\n`);
process.exit();
