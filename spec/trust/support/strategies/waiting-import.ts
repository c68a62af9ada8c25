// Loading it waits for what never comes.
await new Promise(() => {});
export default undefined;
