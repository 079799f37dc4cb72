import type { Provider } from './provider.ts';

/** Any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp, OpenRouter, proxies. */
export const compatible: Provider = {
  keyVariables: [],
  async open({ provider, apiKey, baseUrl, structuredOutput, fetch }, model) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return createOpenAICompatible({
      name: provider,
      baseURL: baseUrl,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...{ fetch, includeUsage: true, supportsStructuredOutputs: structuredOutput },
    })(model);
  },
  authorise: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
};
