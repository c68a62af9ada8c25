// What nobody reads: the underscored hooks of abstract-level, which a database has to have in the open, and the type arguments of
// machines and their actors, which are pages of what XState infers.
import { Converter } from 'typedoc';

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const { project } = context;
    for (const reflection of Object.values(project.reflections)) {
      if (reflection.name.startsWith('_') && reflection.name !== '__type') project.removeReflection(reflection);
      else for (const type of reflection.type?.types ?? [reflection.type]) if (isOfMachine(type)) type.typeArguments = undefined;
    }
  });
}

function isOfMachine(type) {
  return type?.name === 'StateMachine' || (type?.name === 'ActorRef' && type.typeArguments?.[0]?.name === 'MachineSnapshot');
}
