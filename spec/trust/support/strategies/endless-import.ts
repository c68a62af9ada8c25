// Loading it never ends.
for (;;);
export default undefined;
