// The addresses that a page names for connections ahead of requests.
() => [...document.querySelectorAll("link[rel~='preconnect' i]")].map((link) => link.href);
