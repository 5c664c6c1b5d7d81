/** The title as it stands in an address: small letters, digits, and single hyphens between words. */
export function slug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

export const address = (title: string) => `/posts/${slug(title)}`;
