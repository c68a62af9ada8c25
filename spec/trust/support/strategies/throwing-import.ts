throw new Error('no secret here');
export default undefined;
