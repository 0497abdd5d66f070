package import Kernel

/// What an endpoint is asked, in the form of OpenAI's API.
package struct GatewayQuestion: Sendable {
    /// The members of the body.
    private let body: JSONObject
    /// Where at the provider it is asked, below its address.
    let path: String

    /// The question that `body` is: `messages` for a chat, `input` for embeddings.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is neither; `NOT_IMPLEMENTED` when the answer shall come in pieces.
    package init(_ body: JSONObject) throws(MartletError) {
        guard body["stream"] != true else {
            throw MartletError(.notImplemented, "Answers in pieces ('stream') are not there. Ask for a whole one.")
        }
        if body["messages"]?.arrayValue != nil {
            path = "/chat/completions"
        } else if body["input"] != nil {
            path = "/embeddings"
        } else {
            throw GatewayRules.invalid("The body must have 'messages', a list, or 'input'.")
        }
        self.body = body
    }

    /// The body with `model` as the model that is asked.
    func text(asking model: String) -> String {
        var body = body
        body["model"] = .string(model)
        return JSON.object(body).text
    }
}
