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
