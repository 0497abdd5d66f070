extension String {
    /// What C has written into `buffer`, up to the first zero.
    init(writtenTo buffer: [CChar]) {
        self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
