/**
 * Gives what `call` resolves to, calling it again after a rejection, up to `times` in all.
 *
 * The pauses between are `pause` milliseconds and twice as long each time. Rejects as the last call did.
 */
export async function retry<T>(call: () => Promise<T>, times = 3, pause = 1000): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === times) throw error;
      await new Promise((done) => setTimeout(done, pause * 2 ** (attempt - 1)));
    }
  }
}
