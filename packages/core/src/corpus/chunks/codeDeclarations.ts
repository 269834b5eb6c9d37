const c =
  /^(?:#\s*(?:if|define|include)|(?:typedef|struct|enum|union|static|inline|extern|const|unsigned|void|int|char|float|double|bool|auto)\b)/;
const jvm =
  /^(?:(?:public|private|protected|internal|static|final|abstract|sealed|open|override|data|async|virtual|partial|readonly|suspend|inline|lazy|implicit|case)\s+)*(?:class|interface|enum|record|struct|object|trait|namespace|fun|def|void|delegate)\b|^(?:public|private|protected|internal)\b/;
const script =
  /^(?:export\b|(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function|class|interface|type|enum|namespace|module)\b|(?:const|let|var)\s|(?:public|private|protected|static|async|get|set|readonly|override)\s+[\w#[]|constructor\s*\()/;

/** What begins a declaration at the head of a line, by language. */
const declarations: Readonly<Record<string, RegExp>> = {
  c,
  cpp: new RegExp(`${c.source}|^(?:class|namespace|template|using|virtual|public|private|protected)\\b`),
  csharp: jvm,
  go: /^(?:func|type|var|const|import)\b/,
  java: jvm,
  javascript: script,
  kotlin: new RegExp(`${jvm.source}|^(?:val|var)\\s`),
  lua: /^(?:local\s+)?function\b/,
  perl: /^(?:sub|package)\b/,
  php: /^(?:(?:public|private|protected|static|final|abstract)\s+)*(?:function|class|interface|trait|enum|namespace)\b/,
  python: /^(?:(?:async\s+)?def|class)\b/,
  r: /^[\w.]+\s*(?:<-|=)\s*function\b/,
  ruby: /^(?:def|class|module)\b/,
  rust: /^(?:pub(?:\([\w: ]+\))?\s+)?(?:async\s+|unsafe\s+|const\s+|extern\s+)*(?:fn|struct|enum|impl|trait|mod|union|static|type|macro_rules!|const)\b/,
  scala: jvm,
  shell: /^(?:function\s|[\w-]+\s*\(\))/,
  sql: /^(?:create|alter|drop|insert|update|delete|select|with|grant|begin|declare)\b/i,
  swift:
    /^(?:(?:public|private|fileprivate|internal|open|static|final|override|mutating|@\w+)\s+)*(?:func|class|struct|enum|protocol|extension|init|var|let|typealias|actor)\b/,
  typescript: script,
};

/** For a language that isn't known. */
const common =
  /^(?:(?:public|private|protected|static|export|async|pub)\s+)*(?:function|func|fn|def|class|struct|interface|enum|trait|impl|module|namespace|type|sub)\b/;

/** A line that belongs to the declaration below it: a comment, a decorator, an attribute, a template's head. */
const attached = /^(?:\/\/|\/\*|\*|#(?!\s*(?:include|define|if|else|endif)\b)|--|@|\[[A-Z]|;|template\s*<)/;

/** Whether a line, without its indentation, begins a declaration. Looks at its first 200 characters. */
export const declares = (language: string | undefined, line: string): boolean =>
  (language !== undefined && Object.hasOwn(declarations, language)
    ? (declarations[language] as RegExp)
    : common
  ).test(line);

export const belongsBelow = (line: string): boolean => attached.test(line);
