/** `memory MEBIBYTES`: takes so much memory and keeps it until SIGTERM. */

/** Says `holding` when it has it all. */
export async function command([mebibytes = '0']: string[]): Promise<void> {
  const held: Buffer[] = [];
  // filled, or the kernel would only promise it
  for (let count = 0; count < Number(mebibytes); count += 1) held.push(Buffer.alloc(1 << 20, 1));
  process.stdout.write(`holding ${held.length}\n`);
  await new Promise<void>((resolve) => {
    const staying = setInterval(() => held.length, 1 << 30);
    process.once('SIGTERM', () => {
      clearInterval(staying);
      resolve();
    });
  });
}
