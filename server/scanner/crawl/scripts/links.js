// The addresses of a page's links, and of the same page in other languages.
() => {
  const addresses = (selector) =>
    [...document.querySelectorAll(selector)]
      .slice(0, 2000)
      .map(({ href }) => `${href}`.slice(0, 2100))
      .filter((href) => /^https?:/.test(href));
  return { alternates: addresses("link[rel~=alternate][hreflang]"), links: addresses("a[href]:not([download])") };
};
