import type { Completion, Shell } from './completion.ts';

/**
 * What the scripts below read: the kind of what may follow, then a candidate a line with its description after a tab. What was typed
 * is handed over as it is and never evaluated: pressing Tab must not run anything that stands on the line.
 */
export function completionText({ kind, values }: Completion): string {
  return [`:${kind}`, ...values.map(({ value, description }) => `${value}\t${description}`)].join('\n');
}

/**
 * What a shell hands over, as the words they are.
 * - bash breaks words at `=` and `:`: `--faults`, `=`, `fl`, and `dynamodb`, `:`, `//lifeboat`.
 * - Windows PowerShell drops empty arguments: the last word comes with a dot in front.
 * - bash hands over words as they were typed, with quotes and backslashes.
 */
export function wordsOf(shell: Shell, given: readonly string[]): readonly string[] {
  if (shell === 'powershell') return [...given.slice(0, -1), (given.at(-1) ?? '').replace(/^\./, '')];
  if (shell !== 'bash') return given;
  const words: string[] = [];
  let isJoined = false;
  for (const [index, word] of given.entries()) {
    const isBreak = index > 0 && breaks(word, words.at(-1) ?? '');
    if (isBreak || isJoined) words.push(`${words.pop() ?? ''}${unquoted(word)}`);
    else words.push(unquoted(word));
    isJoined = isBreak;
  }
  return words;
}

/** Whether bash has broken a word at this character. */
function breaks(character: string, before: string): boolean {
  if (character === ':') return /^(--journal=)?dynamodb$/.test(before);
  return character === '=' && /^(--|dynamodb:)/.test(before);
}

function unquoted(word: string): string {
  return word.replace(/\\(.)|["']/gs, '$1');
}

/** bash and zsh put the value behind the `=`; the others put the whole word in the place of what is there. */
export function asTyped(shell: Shell, typed: string, completion: Completion): Completion {
  const option = /^--[a-z-]+=/.exec(typed)?.[0];
  if (option === undefined || shell === 'bash' || shell === 'zsh') return completion;
  const values = completion.values.map(({ value, description }) => ({
    value: `${option}${value}`,
    description,
  }));
  return { ...completion, values };
}

const BASH = `# Completion of lifeboat for bash. Load it in ~/.bashrc: source <(lifeboat completion bash)
_lifeboat() {
  local line kind='' current="\${COMP_WORDS[COMP_CWORD]}"
  [[ $current == '=' ]] && current=''
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(lifeboat completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $kind in
    :files) compopt -o default 2>/dev/null || while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
    :dirs) compopt -o dirnames 2>/dev/null || while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
  esac
}
complete -F _lifeboat lifeboat`;

const ZSH = `#compdef lifeboat
# Completion of lifeboat for zsh. Load it in ~/.zshrc, after compinit: source <(lifeboat completion zsh)
_lifeboat() {
  local -a lines described
  local line
  lines=("\${(@f)$(lifeboat completion zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  [[ $PREFIX == --*=* ]] && compset -P '*='
  case $lines[1] in
    (:files) _files; return ;;
    (:dirs) _files -/; return ;;
  esac
  for line in "\${(@)lines[2,-1]}"; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t lifeboat lifeboat described
}
if [[ $funcstack[1] == _lifeboat ]]; then _lifeboat "$@"; else compdef _lifeboat lifeboat; fi`;

const FISH = `# Completion of lifeboat for fish. Load it: lifeboat completion fish > ~/.config/fish/completions/lifeboat.fish
function __lifeboat_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (lifeboat completion fish -- $words[2..-1] "$current" 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path "$current"
        case :dirs
            __fish_complete_directories "$current"
        case :values
            if set -q lines[2]
                string join \\n -- $lines[2..-1]
            end
    end
end
complete -c lifeboat -f -a '(__lifeboat_complete)'`;

const POWERSHELL = `# Completion of lifeboat for PowerShell. Load it in $PROFILE: lifeboat completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName lifeboat -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
    $lines = @(& lifeboat completion powershell '--' @before ".$wordToComplete" 2>$null)
    if ($lines.Count -eq 0 -or $lines[0] -ne ':values') { return }
    $lines | Select-Object -Skip 1 | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}`;

/** To be loaded by the shell; each asks the program itself, so that it never goes stale. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL,
};
