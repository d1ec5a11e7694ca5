// The name of our cookie, and of what a tab keeps of a draft that it previews.
export const NAME = "samtykke";
