;;; glm-eglot.el --- The part of glm.el that eglot needs  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "29.1"))
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; eglot tells of changes after half a second's rest, counts its version up only then, and would apply an edit over what
;; it has not told of.  Told of before an edit is looked at, they make a late edit's version wrong, and eglot refuses it.
;; The server sends its edits only to an eglot that says it does so.

;;; Code:

(require 'eglot)

(defvar glm-command)
(defvar glm-eglot-modes)

(defclass glm-server (eglot-lsp-server) ()
  "A server whose edits are refused if text has changed since they were made.")

(cl-defmethod eglot-client-capabilities ((_server glm-server))
  (plist-put (cl-call-next-method) :experimental '(:glm (:versions t))))

(defun glm-server--tell (server)
  "Tell SERVER of all that was changed."
  (dolist (buffer (eglot--managed-buffers server))
    (with-current-buffer buffer (eglot--signal-textDocument/didChange))))

(cl-defmethod eglot-handle-request :before ((server glm-server) (_method (eql workspace/applyEdit)) &rest _edit)
  (glm-server--tell server))

(cl-defmethod eglot-handle-request :after ((server glm-server) (_method (eql workspace/applyEdit)) &rest _edit)
  ;; Else it would hear of its own edit only when the user presses the next key.
  (glm-server--tell server))

(when glm-eglot-modes
  (add-to-list 'eglot-server-programs (cons glm-eglot-modes (cons 'glm-server glm-command))))

(provide 'glm-eglot)
;;; glm-eglot.el ends here
