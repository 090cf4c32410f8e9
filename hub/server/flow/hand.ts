/** Shuffle sharding: which few of a level's queues a flow may use, so that one flow can fill those and no others. Pure. */

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01_00_01_93);
  }
  return value >>> 0;
}

/** Numbers that look random, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** `size` different indexes below `queues`, always the same for a flow. */
export function dealHand(flow: string, queues: number, size: number): number[] {
  const next = numbers(hash(flow));
  const hand: number[] = [];
  for (let dealt = 0; dealt < Math.min(size, queues); dealt += 1) {
    let index = next() % queues;
    while (hand.includes(index)) index = (index + 1) % queues;
    hand.push(index);
  }
  return hand;
}
