/** The title as it stands in an address: small letters, digits, and single hyphens between words. */
export function slug(title: string): string {
  throw new Error("not implemented");
}

export const address = (title: string) => `/posts/${slug(title)}`;
