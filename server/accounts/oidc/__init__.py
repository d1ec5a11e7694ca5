"""OpenID Connect Core 1.0 as a relying party: what a provider is asked, and what its answers are worth. Pure.

Authorization code flow with PKCE. Signatures, hashes and encodings are those of authlib and joserfc;
`server.accounts.service.provider_answers` fetches what is judged here.
"""
