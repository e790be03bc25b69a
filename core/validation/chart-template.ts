// Finds what makes a template render otherwise in a cluster than here, where the diff and the rules see it.
// It does not promise to see through a template that hides it: who reads the diff of the chart does.

/** Known only in the cluster, or another each time. */
const unsteady =
  /(?<![\w.$])(?:lookup|tpl|now|ago|rand[A-Z]\w*|shuffle|uuidv4|gen[A-Z]\w*|htpasswd|bcrypt|encryptAES|getHostByName)\b/;
/** Whether it is the first installation, which revision it is, and what the cluster can. */
const ofCluster = /\.Capabilities\b|\.Release\b(?!\.(?:Name|Namespace|Service)\b)/;
/** By a name that is put together, of the root, all of these could be had. */
const byName = /(?<![\w.$])(?:index|get|dig|pluck)\s+[.$](?=\s)/;

/** The first such word and its line; undefined when there is none. */
export function findUnsteady(template: string): { word: string; line: number } | undefined {
  for (const { 0: action, index } of template.matchAll(/\{\{[\s\S]*?\}\}/g)) {
    if (/^\{\{-?\s*\/\*/.test(action)) continue;
    const bare = action.replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, text => text.replace(/[^\n]/g, ' '));
    const found = [unsteady, ofCluster, byName].flatMap(form => form.exec(bare) ?? []);
    const word = found[0];
    if (word !== undefined) {
      const line = template.slice(0, index + bare.indexOf(word)).split('\n').length;
      return { word: word.replace(/\s+/g, ' '), line };
    }
  }
  return undefined;
}
