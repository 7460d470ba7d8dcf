/**
 * The part of the bash script that is the same whatever the commands are. Only what bash 3.2 knows, too; `compopt`,
 * which it does not, only makes the result nicer.
 */
export const BASH_ENGINE = `
# The words up to the cursor, each whole again: bash cuts them at = and :.
_perpctl_read_words() {
  local i rest word line=\${COMP_LINE:0:COMP_POINT}
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    rest=\${line#"\${line%%[![:space:]]*}"}
    word=\${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$rest
    if ((i == 0)) || [[ $rest != "$line" ]]; then
      words+=("$word")
    else
      words[\${#words[@]} - 1]+=$word
    fi
    line=\${rest#"$word"}
  done
}

# Offers each word, behind the prefix, that begins like what is typed; bash replaces only what follows its last cut.
_perpctl_offer() {
  local prefix=$1 word cut='' part=$cur
  case $COMP_WORDBREAKS in *=*) cut+== ;; esac
  case $COMP_WORDBREAKS in *:*) cut+=: ;; esac
  [[ -n $cut ]] && part=\${cur##*[$cut]}
  shift
  for word; do
    word=$prefix$word
    [[ $word == "$cur"* ]] && COMPREPLY+=("\${word#"\${cur%"$part"}"}")
  done
}

_perpctl_offer_paths() {
  local option=$1 prefix=$2 value=\${3//\\\\/} path
  value=\${value#[\\"\\']}
  cur=$prefix$value
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do
    _perpctl_offer "$prefix" "$path"
  done < <(compgen "$option" -- "$value")
}

# The words that are not in the list yet, each behind what is.
_perpctl_offer_list() {
  local prefix=$1 value=$2 word
  local have=\${value%"\${value##*,}"}
  compopt -o nospace 2>/dev/null
  for word in "\${values[@]}"; do
    [[ ,$have == *,"$word",* ]] || _perpctl_offer "$prefix$have" "$word"
  done
}

_perpctl_offer_value() {
  case $kind in
    one | free) _perpctl_offer "$1" \${values[@]+"\${values[@]}"} ;;
    some) _perpctl_offer_list "$1" "$2" ;;
    file) _perpctl_offer_paths -f "$1" "$2" ;;
    folder) _perpctl_offer_paths -d "$1" "$2" ;;
  esac
}

_perpctl() {
  local cur word i last at='' flag='' ended='' kind words next flags values
  COMPREPLY=()
  _perpctl_read_words
  last=$((\${#words[@]} - 1))
  cur=\${words[last]}
  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    if [[ -n $flag ]]; then
      flag=''
    elif [[ $word == -- ]]; then
      ended=yes
    elif [[ -n $ended || $word != -* ]]; then
      at=\${at:+$at }$word
    elif [[ $word != *=* ]]; then
      _perpctl_value "$word" "$at"
      [[ -n $kind ]] && flag=$word
    fi
  done
  _perpctl_at "$at"
  if [[ -n $flag ]]; then
    _perpctl_offer_value '' "$cur"
  elif [[ -z $ended && $cur == --*=* ]]; then
    _perpctl_value "\${cur%%=*}" "$at"
    _perpctl_offer_value "\${cur%%=*}=" "\${cur#*=}"
  elif [[ -z $ended && ($cur == -* || \${#next[@]} -eq 0) ]]; then
    _perpctl_offer '' \${flags[@]+"\${flags[@]}"}
  else
    _perpctl_offer '' \${next[@]+"\${next[@]}"}
  fi
}

complete -F _perpctl perpctl
`

/** The flags of every command, in a list of more. */
export const COMMON_FLAGS = `"\${common[@]}"`
