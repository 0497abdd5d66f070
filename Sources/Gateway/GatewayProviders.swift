/// The providers whose names MLflow 3.18 knows, in the order of their names.
package enum GatewayProviders {
    /// Where those are asked that speak as OpenAI does, unless a secret names another address.
    static let addresses = [
        "deepseek": "https://api.deepseek.com/v1",
        "groq": "https://api.groq.com/openai/v1",
        "mistral": "https://api.mistral.ai/v1",
        "openai": "https://api.openai.com/v1",
        "openrouter": "https://openrouter.ai/api/v1",
        "together_ai": "https://api.together.xyz/v1",
        "xai": "https://api.x.ai/v1",
    ]

    /// Those that have an API of their own; any other is asked as OpenAI is.
    static let speakingOtherwise: Set = [
        "anthropic", "azure", "azure_text", "bedrock", "cohere", "cohere_chat", "gemini", "palm", "portkey",
        "sagemaker",
        "typesafe", "vertex_ai", "watsonx",
    ]

    /// The names. A secret or a model may name any other.
    package static let names: [String] = [
        "ai21", "aihubmix", "aiml", "aleph_alpha", "amazon_nova", "anthropic", "anyscale", "azure", "azure_ai",
        "azure_text", "baseten", "bedrock", "bedrock_mantle", "black_forest_labs", "cerebras", "chatgpt",
        "cloudflare", "codestral", "cognition", "cohere", "cohere_chat", "crusoe", "cursor", "darkbloom", "dashscope",
        "databricks", "deepinfra", "deepseek", "fal_ai", "featherless_ai", "fireworks_ai",
        "fireworks_ai-embedding-models", "friendliai", "gemini", "gigachat", "github_copilot", "gmi", "gradient_ai",
        "groq", "heroku", "hyperbolic", "inception", "lambda_ai", "lemonade", "libertai", "llamagate", "meta",
        "meta_llama", "minimax", "mistral", "moonshot", "morph", "nebius", "nlp_cloud", "novita", "nscale", "oci",
        "ollama", "openai", "openrouter", "ovhcloud", "palm", "perplexity", "pinstripes", "portkey", "prism",
        "publicai", "qwen_ai_platform", "qwencloud", "recraft", "replicate", "runwayml", "sagemaker", "sail",
        "sambanova", "sarvam", "scaleway", "scx-ai", "snowflake", "stability", "tencent", "tensormesh",
        "text-completion-codestral", "text-completion-inception", "text-completion-openai", "together_ai", "typesafe",
        "v0", "vercel_ai_gateway", "vertex_ai", "volcengine", "voyage", "wandb", "watsonx", "xai", "xiaomi_mimo",
        "zai",
    ]
}
