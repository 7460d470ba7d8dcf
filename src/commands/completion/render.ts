import type { Shell } from '../../lib/config/choices.ts'
import type { CliModel } from '../cli-model.ts'
import { renderBash } from './bash.ts'
import { renderFish } from './fish.ts'
import { renderZsh } from './zsh.ts'

const RENDERERS: Readonly<Record<Shell, (model: CliModel) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
}

export const renderCompletion = (shell: Shell, model: CliModel): string => RENDERERS[shell](model)
